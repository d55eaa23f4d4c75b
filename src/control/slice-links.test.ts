import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { newLimit, organization } from '../../test/limits-rig.ts'
import { addOrganization, onEachStore } from '../../test/stores.ts'
import { createLog } from '../observe/log.ts'
import { createRedact } from '../observe/redact.ts'
import { createSlices } from './slice-links.ts'

onEachStore('seats that a gateway never got', (open, { dialect }) => {
  test('are free when it attaches anew, unless another control might still take some back', async () => {
    const database = await open()
    await addOrganization(database, organization, 'one')
    const log = createLog({ level: 'error', write: () => {}, redact: createRedact([]) })
    const world = { randomBytes, monotonic: () => performance.now(), log }
    const slices = createSlices(world, { database }, { storeNow: Date.now })
    const { id } = await newLimit(database, { concurrent: 1 })
    const holder = { gateway: 'gwy_a', boot: 'boot_1', organization, serves: 'own' as const, isInTouch: true }
    const ask = { organization, pool: `${id}:concurrent`, ahead: false, wanted: 1, need: 1 }
    // One unit after the other, as they were called: nobody waits for an answer that is lost.
    const lost = slices.grantSlices(holder, [ask])
    const told = dialect === 'sqlite' ? null : await lost
    await slices.seatsHeld(holder, [])
    const [grant] = await slices.grantSlices(holder, [ask])
    expect([(told ?? (await lost))[0]?.amount, grant?.amount]).toEqual([1, dialect === 'sqlite' ? 1 : 0])
  })
})
