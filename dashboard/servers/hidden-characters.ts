/**
 * Characters that nobody sees and every model reads: directions of writing, widths of zero, and the tags in which whole
 * sentences have been hidden. Line breaks and tabs are none of them, nor what joins emoji.
 */
const hidden = /(?![\n\r\t])(?!(?<=\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f)\u200d)[\p{Cc}\p{Cf}]/gu

export const hides = (text: string): boolean => text.search(hidden) >= 0

/** The text with each of them written out, `\u{200b}`. */
export const written = (text: string): string =>
  text.replace(hidden, (one) => `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`)
