/**
 * Over stdio a question from the server (sampling, elicitation) does not say to which call it belongs. While calls of
 * one session only are running there is no doubt, so sessions that can be asked take turns on a shared child. A turn
 * is waited for briefly: a call that runs for minutes must not stop everybody. After that calls run side by side, and
 * a question that comes then is refused rather than shown to the wrong client (route.ts).
 */
export type Turns = { readonly take: (owner: object) => Promise<() => void> | (() => void) }

export const createTurns = (waitMs: number): Turns => {
  let holder: object | null = null
  let running = 0
  let queue: { owner: object; start: () => void }[] = []

  const begin = (owner: object): (() => void) => {
    holder = owner
    running++
    let over = false
    return () => {
      if (over) return
      over = true
      running--
      if (running === 0) next()
    }
  }
  const next = () => {
    const first = queue[0]
    holder = first?.owner ?? null
    const turn = queue.filter((one) => one.owner === holder)
    queue = queue.filter((one) => one.owner !== holder)
    for (const one of turn) one.start()
  }
  const take = (owner: object): Promise<() => void> | (() => void) => {
    if (running === 0 || (holder === owner && queue.length === 0)) return begin(owner)
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        queue = queue.filter((one) => one !== entry)
        resolve(() => {})
      }, waitMs)
      const entry = {
        owner,
        start: () => {
          clearTimeout(timer)
          resolve(begin(owner))
        },
      }
      queue.push(entry)
    })
  }
  return { take }
}
