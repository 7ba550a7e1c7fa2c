/**
 * What every element stands on, in one import. The form kit (`form.js`) is apart: a widget without a form does not pay for it.
 * Dates stand in `dates.js`, imported by who prints them. Lit's directives stand one a file in `static/vendor/lit/`: an element imports those that it uses, and only they reach the browser.
 */
// The last two are for Lit's directives: in a release they find the one Lit here.
export {html, svg, nothing, render, noChange, _$LH} from '../vendor/lit.js';
export {VentanillaElement, register} from './element.js';
export {api, ApiError, randomKey} from './api.js';
export {provide, sheet, shared} from './resources.js';
export {translate} from './words.js';
