import{nothing as e}from"../lit.js";
var f=o=>o??e;export{f as ifDefined};
