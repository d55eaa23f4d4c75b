import type { Subject } from '../../access/decide.ts'
import type { Deny } from '../../access/schema.ts'
import { problems } from '../../problems.ts'
import { reasons } from './reasons.data.ts'

/** What the caller asked for, by the names that he may know it by. */
export type Told = { readonly target: string; readonly part: string }

/** For whoever may see the key: what refused and the way out. */
export function reasonOf(
  { code, rule }: Pick<Deny, 'code' | 'rule'>,
  subject: Subject,
  { target, part }: Told,
): string {
  const { key, child, address, gateway } = subject
  // Switched off with its owner: to switch it on again alone is no way out.
  const isLeft = rule === 'key.state' && code === 'key_inactive' && !subject.backing.isOwned
  const held = reasons[`${code} ${isLeft ? 'key.owner' : rule}`]
  if (held === undefined) return `${problems[code].title} (${rule}).`
  const names: Readonly<Record<string, string>> = {
    key: `"${key.name}"`,
    keyId: key.id,
    child: child?.made.id ?? '',
    owner: `the ${key.owner.type} ${key.owner.name}`,
    server: target,
    provider: target,
    tool: part === '' ? 'a call without a tool' : part,
    model: part,
    address,
    gateway,
  }
  // In one go, so that a name with braces in it stays a name.
  const text = `${held.says} ${held.wayOut}`.replace(/\{(\w+)\}/g, (_, name: string) => names[name] ?? '')
  return text.replace(/^./, (letter) => letter.toUpperCase())
}
