/** So many refusals of one key are written down in a minute; what is behind them shows in far fewer. */
const perMinute = 60
/** So many keys are told apart; beyond them nothing is written down until the minute is over. */
const most = 10_000
const minuteMs = 60_000

/** May one more of that key be written down? `monotonic` in milliseconds. */
export function createQuota(monotonic: () => number): (key: string) => boolean {
  const counts = new Map<string, number>()
  let minute = 0
  return (key) => {
    const current = Math.floor(monotonic() / minuteMs)
    if (current !== minute) {
      minute = current
      counts.clear()
    }
    const count = counts.get(key) ?? 0
    if (count >= perMinute || (count === 0 && counts.size >= most)) return false
    counts.set(key, count + 1)
    return true
  }
}
