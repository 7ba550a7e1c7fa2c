/** Dates as a person here reads them: "lunes 14 de diciembre de 2026", "8:00 a. m." */

// The law counts in the time of the town hall, whatever the clock of the phone says.
const ZONE = 'America/Bogota';
const locale = () => (window.ventanilla?.lang === 'en' ? 'en-GB' : 'es-CO');

/** A plain date has no hour: read as noon in UTC and printed in UTC it never becomes the day before. */
function parts(value) {
  return value.length === 10 ? [new Date(`${value}T12:00Z`), 'UTC'] : [new Date(value), ZONE];
}

function format(value, options) {
  const [date, timeZone] = parts(value);
  return new Intl.DateTimeFormat(locale(), {timeZone, ...options}).format(date);
}

/** @param {string} value an ISO date or moment */
export const fullDate = (value) => format(value, {dateStyle: 'full'}).replace(',', '');

const hour = (value) => format(value, {hour: 'numeric', minute: '2-digit', hour12: true});

/** @param {string} value an ISO moment */
export const fullMoment = (value) => `${fullDate(value)}, ${hour(value)}`;

/** @param {string} value an ISO moment */
export const moment = (value) => `${format(value, {dateStyle: 'long'})}, ${hour(value)}`;
