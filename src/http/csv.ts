/**
 * One line of RFC 4180. Programs that show tables run what begins like a formula, and quotes do not stop them: such a
 * cell begins with an apostrophe, which they take for "this is text". Wide forms of the signs count in some languages.
 */
export const csvLine = (cells: readonly string[]): string => `${cells.map(cellOf).join(',')}\r\n`

const cellOf = (text: string): string => {
  const inert = /^[=+\-@\t\r\n＝＋－＠]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert
}
