/** One call to the system for many small draws: a request id would otherwise cost as much as all checks of its call. */
export function createRandomPool(
  randomBytes: (size: number) => Uint8Array,
  poolSize = 8192,
): (size: number) => Uint8Array {
  let pool = new Uint8Array(0)
  let used = 0
  return (size) => {
    if (size > poolSize) return randomBytes(size)
    if (used + size > pool.length) {
      pool = Uint8Array.from(randomBytes(poolSize))
      used = 0
    }
    used += size
    return pool.subarray(used - size, used)
  }
}
