const exact = new Intl.NumberFormat(undefined, { style: 'currency', currency: 'USD', maximumFractionDigits: 9 })

/** US dollars with every digit that the server says: nothing is rounded, no float is between. */
export const Usd = ({ usd }: { readonly usd: string }) => (
  <span translate="no" className="number">
    {usdText(usd)}
  </span>
)

export const usdText = (usd: string): string => (isDecimal(usd) ? exact.format(usd) : usd)

/** What a formatter takes as text it shows as it is, however many digits. */
const isDecimal = (text: string): text is `${number}` => /^-?\d+(\.\d+)?$/.test(text)
