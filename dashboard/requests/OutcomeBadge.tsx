import { Group, Text } from '@mantine/core'
import type { RequestView } from '../../src/requests/schema.ts'
import { translator } from '../texts.ts'
import { Status } from '../ui/Data.tsx'
import { outcomeOf } from './call.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

const colours = {
  admitted: 'good',
  refused: 'bad',
  callerLeft: 'over',
  failed: 'waiting',
  unknownStatus: 'over',
} as const

/** In a word, with the status and, where it was refused or failed, the code. */
export function OutcomeBadge({ call }: { readonly call: RequestView }) {
  const outcome = outcomeOf(call)
  return (
    <Group gap={6} wrap="nowrap">
      <Status kind={colours[outcome]}>{t(outcome)}</Status>
      <Text size="xs" c="dimmed" translate="no" className="data">
        {call.code ?? (call.status === 0 ? '' : call.status)}
      </Text>
    </Group>
  )
}
