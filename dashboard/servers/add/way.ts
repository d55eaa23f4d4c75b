/** How servers are registered; in the address while somebody does it. */
export type Way = 'url' | 'command' | 'import'
export const isWay = (text: string | undefined): text is Way =>
  text === 'url' || text === 'command' || text === 'import'
