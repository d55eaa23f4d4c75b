import { Button, Group } from '@mantine/core'
import type { KeyView } from '../../../src/keys/schema.ts'
import { translator } from '../../texts.ts'
import { type Action, isDangerous } from './actions.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = {
  readonly of: Pick<KeyView, 'name'>
  readonly actions: readonly Action[]
  readonly onAction: (action: Action) => void
}

/** What can be done with the key as it stands; what ends something is red and comes last. */
export function KeyActions({ of: { name }, actions, onAction }: Props) {
  if (actions.length === 0) return null
  return (
    <Group gap={6} role="group" aria-label={t('actions', { name })}>
      {actions.map((action) => (
        <Button
          key={action}
          size="xs"
          {...(isDangerous(action) ? { color: 'red', variant: 'light' } : { variant: 'default' })}
          onClick={() => onAction(action)}
        >
          {t(action)}
        </Button>
      ))}
    </Group>
  )
}
