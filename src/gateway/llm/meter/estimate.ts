/** Bytes of text: ASCII and the escapes of JSON, and those of all other characters. */
export type TextBytes = { readonly ascii: number; readonly wide: number }

/**
 * Tokens that text is likely to be, where nobody says it: four characters of English one, two bytes of other scripts
 * one. Rounded up, so that no text is free.
 */
export const tokensOfText = ({ ascii, wide }: TextBytes): number => Math.ceil(ascii / 4 + wide / 2)
