type Deps = {
  readonly ask: () => Promise<number>
  readonly monotonic: () => number
}
export type StoreClock = {
  /** The store's time, null without recent contact to the store. */
  readonly now: () => number | null
  /** Asks the store; a job calls it each second. */
  readonly look: () => Promise<void>
}

/** Two missed looks: from then on this control may have missed a revocation, so it must make no gateway fresh. */
const contactMs = 2500

/**
 * Runs on the monotonic clock between two looks, counted from the moment of the question: the contact that it proves is
 * never younger than it was.
 */
export const createStoreClock = ({ ask, monotonic }: Deps): StoreClock => {
  let seen: { readonly at: number; readonly time: number } | null = null
  return {
    now: () => {
      if (seen === null) return null
      const age = monotonic() - seen.at
      return age > contactMs ? null : seen.time + Math.round(age)
    },
    look: async () => {
      const at = monotonic()
      const time = await ask()
      seen = { at, time }
    },
  }
}
