/**
 * What a child writes to stderr may quote its own environment. Values that were declared for it are taken out by
 * value, the longest first so that a value inside another one leaves no rest behind.
 */
export const withoutValues = (text: string, values: readonly string[]): string =>
  values
    .filter((value) => value.length >= 4)
    .toSorted((a, b) => b.length - a.length)
    .reduce((rest, value) => rest.replaceAll(value, '[redacted]'), text)
