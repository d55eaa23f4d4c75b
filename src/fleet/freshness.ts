/** One instant on two clocks: the monotonic one cannot be set, the wall clock goes on while the machine sleeps. */
export type Moment = { readonly monotonic: number; readonly wall: number }

/**
 * Milliseconds since contact, on whichever clock says more. Monotonic alone stands still in a suspended machine. A wall
 * clock that stands before the contact was set back and can hide any time: the age is then beyond every bound.
 */
export function age(contact: Moment, now: Moment): number {
  const wall = now.wall - contact.wall
  const monotonic = now.monotonic - contact.monotonic
  // Not `<`: an age that is no number must not count as young.
  if (!(wall >= 0) || !(monotonic >= 0)) return Number.POSITIVE_INFINITY
  return Math.max(wall, monotonic)
}

/** May this gateway still decide? `contact` is the moment it sent the last heartbeat that control answered. */
export const isFresh = (contact: Moment | null, now: Moment, maxStalenessSeconds: number): boolean =>
  contact !== null && age(contact, now) < maxStalenessSeconds * 1000

/** The smaller of organization's and key's. */
export const stalenessOf = (organizationSeconds: number, keySeconds: number | null): number =>
  keySeconds === null ? organizationSeconds : Math.min(organizationSeconds, keySeconds)
