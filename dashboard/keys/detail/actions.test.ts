import { describe, expect, test } from 'vitest'
import { actionsOf } from './actions.ts'

const key = {
  status: 'active',
  kind: 'key',
  ephemeral: false,
  honey: false,
  owner: { type: 'member', id: 'mem_1', name: 'Ada' },
} as const
const ada = { memberId: 'mem_1', mayWrite: true }

describe('what is offered for a key', () => {
  test('D53 D54 D55 D57 an active key is edited, rotated, given tokens, deactivated, revoked and deleted', () => {
    const offered = actionsOf(key, ada)
    expect(offered).toEqual(expect.arrayContaining(['edit', 'rotate', 'token', 'deactivate', 'revoke', 'delete']))
    expect(offered).not.toContain('activate')
    expect(offered).not.toContain('replacement')
  })
  test('D56 an inactive key is activated instead, and has no tokens meanwhile', () => {
    const offered = actionsOf({ ...key, status: 'inactive' }, ada)
    expect(offered).toContain('activate')
    expect(offered).not.toContain('deactivate')
    expect(offered).not.toContain('token')
  })
  test('D56 a revoked key is replaced or deleted, and never activated', () => {
    expect(actionsOf({ ...key, status: 'revoked' }, ada)).toEqual(['replacement', 'compromise', 'delete'])
    expect(actionsOf({ ...key, status: 'expired' }, ada)).not.toContain('activate')
  })
  test('tokens of a person’s key are offered to that person alone, those of a team’s key to whoever may hold it', () => {
    const admin = { memberId: 'mem_2', mayWrite: true }
    expect(actionsOf(key, admin)).not.toContain('token')
    expect(actionsOf({ ...key, owner: { type: 'team', id: 'team_1', name: 'Payments' } }, admin)).toContain('token')
  })
  test('nothing is offered to who may not write', () => {
    expect(actionsOf(key, { ...ada, mayWrite: false })).toEqual([])
  })
  test('URL keys, decoys and keys of one token have no tokens, and the last no rotation', () => {
    expect(actionsOf({ ...key, kind: 'url' }, ada)).not.toContain('token')
    expect(actionsOf({ ...key, honey: true }, ada)).not.toContain('token')
    expect(actionsOf({ ...key, ephemeral: true }, ada)).not.toContain('rotate')
  })
})
