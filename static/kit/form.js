/** The form kit: fields with label, hint and error, files, drafts, steps, and a submission that survives a bad network. */
export {Form, mail} from './form/model.js';
