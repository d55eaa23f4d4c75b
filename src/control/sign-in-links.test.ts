import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { silent } from '../../test/stores.ts'
import { createSignIn } from './sign-in-links.ts'

test('the end of control waits also for what was left for later by what it waits for, a reset’s letter', async () => {
  const world = { config: { smtpUrl: null, mailFrom: null }, randomBytes, log: silent, monotonic: () => 0 }
  const signIn: ReturnType<typeof createSignIn> = Reflect.apply(createSignIn, null, [world, { vault: {} }])
  const [reset, letter] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const seen: string[] = []
  signIn.later('password reset', async () => {
    await reset.promise
    signIn.later('letter', async () => {
      seen.push('begun')
      await letter.promise
      seen.push('sent')
    })
  })
  const settled = signIn.settled().then(() => seen.push('ended'))
  reset.resolve()
  await expect.poll(() => seen).toContain('begun')
  letter.resolve()
  await settled
  expect(seen).toEqual(['begun', 'sent', 'ended'])
})
