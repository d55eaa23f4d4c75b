import { vi } from 'vitest'

/** The library waits for one second, which is little where two cores serve two test files, their products and their stores. */
const patience = { timeout: 15_000 }
const { waitFor } = vi
vi.waitFor = (ask, options = patience) =>
  waitFor(ask, typeof options === 'number' ? options : { ...patience, ...options })
