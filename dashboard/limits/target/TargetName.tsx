import { Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { Target } from '../../../src/limits/schema.ts'
import type { Refs } from '../../api.ts'
import { translator } from '../../texts.ts'
import { Data } from '../../ui/Data.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

/** Tools and models by their whole name, as in `wiki › search`. */
export const nameOfTarget = ({ type, id, name }: Target, refs: Refs): string => {
  const whole = type === 'organization' ? t('wholeOrganization') : (refs[id]?.name ?? id)
  return name === null ? whole : `${whole} › ${name}`
}

/** What a limit or budget is about: its kind, and who or what of that kind. */
export function TargetName({
  target,
  refs,
  to,
}: {
  readonly target: Target
  readonly refs: Refs
  readonly to?: string
}) {
  const isAll = target.type === 'organization'
  const name = isAll ? t('wholeOrganization') : <Data>{nameOfTarget(target, refs)}</Data>
  return (
    <div>
      {to === undefined ? (
        name
      ) : (
        <Link to={to} className="link">
          {name}
        </Link>
      )}
      {!isAll && (
        <Text size="xs" c="dimmed">
          {t(target.type)}
        </Text>
      )}
    </div>
  )
}
