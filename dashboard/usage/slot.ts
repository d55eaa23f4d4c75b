const day = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', timeZone: 'UTC' })
const hour = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' })

/** A day of UTC, or an hour on the clock of whoever looks. */
export const slotText = (slot: string, step: 'hour' | 'day'): string =>
  (step === 'hour' ? hour : day).format(new Date(slot))
