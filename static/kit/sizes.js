/** Sizes of files as a person here reads them: "2,4 MB". */

/** @param {number} count of bytes */
export function bytes(count) {
  const [amount, unit] = count < 1e6 ? [Math.max(1, Math.round(count / 1024)), 'kB'] : [count / 1048576, 'MB'];
  return `${amount.toLocaleString(window.ventanilla.lang, {maximumFractionDigits: 1})} ${unit}`;
}
