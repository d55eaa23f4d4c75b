/** From this crash in a row on, readiness is red: nobody should send work here. */
export const crashesUntilRed = 5
/** A child that was ready this long has recovered; its next crash counts as the first. */
export const recoveredAfterMs = 3000

const firstMs = 100
const longestMs = 30_000

/** How long to wait before the child starts again after this many crashes in a row: 0.1 s, doubling, up to 30 s. */
export const restartDelayMs = (crashes: number): number =>
  Math.min(firstMs * 2 ** Math.max(0, Math.min(crashes, 20) - 1), longestMs)

/** Crashes in a row, this one included. */
export const countCrash = (before: number, readyForMs: number | null): number =>
  readyForMs !== null && readyForMs >= recoveredAfterMs ? 1 : before + 1
