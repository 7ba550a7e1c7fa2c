/** Whether a value answers nothing. */
export const empty = (value) => value === undefined || value === null || value === '' || (Array.isArray(value) && !value.length);
