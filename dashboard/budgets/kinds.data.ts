/** What a row of the ledger is, and the accounts between which it moves money. */
export const kinds = {
  opening: 'Period opened',
  amount: 'Amount set',
  'top-up': 'Topped up',
  grant: 'Given to a gateway',
  return: 'Given back',
  settled: 'Spent by a call',
  reconciled: 'Reconciled',
  overdrawn: 'Spent beyond what was held',
  unreconciled: 'Counted as spent',
  closed: 'Period closed',
} as const

export const accounts = {
  owner: 'Owner',
  'top-up': 'Top-up',
  budget: 'Budget',
  held: 'Held',
  spent: 'Spent',
  unreconciled: 'Not reconciled',
} as const
