import type { Audience } from './notice.ts'

type Notice = {
  readonly to: readonly Audience[]
  /** `{name}`: of what it is about; others from `after` of the event. */
  readonly title: string
  readonly body: string
}

/** Which events somebody is told of, whom, and in which words. Everything else stands in the audit log and goes to webhooks. */
export const notices: Readonly<Record<string, Notice>> = {
  'budget.threshold_crossed': {
    to: ['target', 'admins'],
    title: 'Budget {name}: {percent} % is spent',
    body: '{spentUsd} of {usd} USD are spent ({period}). When it is all spent, calls are refused until the reset or a top-up.',
  },
  'key.over-quota': {
    to: ['owner'],
    title: 'Calls of {name} are refused: {code}',
    body: 'The API key met one of its limits or budgets today. See: ostiary requests --key {id}.',
  },
  'key.expiring': {
    to: ['owner'],
    title: '{name} ends soon',
    body: 'The API key expires. Extend it or make a new one before its users are refused.',
  },
  'key.rotation-due': {
    to: ['owner'],
    title: 'The secret of {name} is due for rotation',
    body: 'Rotate it: ostiary keys rotate {id}.',
  },
  'key.rotated': {
    to: ['owner'],
    title: '{name} has a new secret',
    body: 'The API key was rotated. Clients that still send the old secret are refused when its grace is over.',
  },
  'key.rotation-failed': {
    to: ['owner', 'admins'],
    title: 'The new secret of {name} could not be delivered',
    body: 'Its schedule names a webhook that did not take it. The old secret goes on, and the delivery is tried again.',
  },
  'key.exposed': {
    to: ['owner', 'admins'],
    title: 'The secret of {name} was seen where it must not be',
    body: 'The API key is off. Give its users a new one, and look at what was called with it: ostiary requests --key {id}.',
  },
  'key.compromised': {
    to: ['owner', 'admins'],
    title: '{name} was reported as compromised',
    body: 'The API key was ended with everything made of it.',
  },
  'key.honey-used': {
    to: ['admins'],
    title: 'Somebody used the decoy {name}',
    body: 'It is never given to anybody, so whoever has it has read what is not his. The audit log names the address.',
  },
  'key.network-changed': {
    to: ['owner'],
    title: '{name} was called from another network',
    body: 'The URL key belongs to one network, and the call was refused. If you have moved, turn its pin off and on again.',
  },
  'key.claim-reused': {
    to: ['owner', 'admins'],
    title: 'A used claim link of {name} was opened again',
    body: 'Somebody else may have the link. If you did not do this twice, rotate the key: ostiary keys rotate {id}.',
  },
  'access-request.created': {
    to: ['admins'],
    title: 'Access is asked for: {name}',
    body: 'Why: {reason}. Decide: ostiary access-requests approve {id}, or refuse {id}.',
  },
  'access-request.approved': {
    to: ['asker'],
    title: 'Approved: {name}',
    body: 'It holds from the next call on, {lasts}.',
  },
  'access-request.refused': {
    to: ['asker'],
    title: 'Refused: {name}',
    body: 'Why: {decisionReason}.',
  },
  'access-request.ended': {
    to: ['asker'],
    title: 'Over: {name}',
    body: 'It was granted {lasts}. Ask again if you still need it: ostiary access-requests create.',
  },
  'gateway.exposed': {
    to: ['admins'],
    title: 'The token of gateway {name} was seen where it must not be',
    body: 'It was revoked. Enrol the gateway again.',
  },
}
