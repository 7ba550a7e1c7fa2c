import{a as l,d as p}from"./directive-helpers.js";
import{a as t,b as s,c as a}from"./directive.js";
import{noChange as i,nothing as T}from"../lit.js";
var f=s(class extends a{constructor(e){if(super(e),e.type!==t.PROPERTY&&e.type!==t.ATTRIBUTE&&e.type!==t.BOOLEAN_ATTRIBUTE)throw Error("The `live` directive is not allowed on child or event bindings");if(!l(e))throw Error("`live` bindings can only contain a single expression")}render(e){return e}update(e,[r]){if(r===i||r===T)return r;let n=e.element,o=e.name;if(e.type===t.PROPERTY){if(r===n[o])return i}else if(e.type===t.BOOLEAN_ATTRIBUTE){if(!!r===n.hasAttribute(o))return i}else if(e.type===t.ATTRIBUTE&&n.getAttribute(o)===r+"")return i;return p(e),r}});export{f as live};
