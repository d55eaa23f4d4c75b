import { Text, UnstyledButton, VisuallyHidden } from '@mantine/core'
import type { RequestView } from '../../src/requests/schema.ts'
import type { Refs } from '../api.ts'
import { translator } from '../texts.ts'
import { Count, Data, Time } from '../ui/Data.tsx'
import type { Column } from '../ui/DataTable.tsx'
import { Usd } from '../ui/Usd.tsx'
import { OutcomeBadge } from './OutcomeBadge.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

/** `wiki › search`, `open › mock-plain`, or the method where nothing more is known. */
function calledBy(call: RequestView, refs: Refs): string {
  const whole = call.server ?? call.provider
  const part = call.tool ?? call.model ?? call.method
  const parts = [whole === null ? null : (refs[whole]?.name ?? whole), part]
  return parts.filter((one) => one !== null).join(' › ')
}

export const columnsOf = (refs: Refs, onOpen: (call: RequestView) => void): Column<RequestView>[] => [
  {
    id: 'at',
    label: t('at'),
    cell: (call) => (
      <UnstyledButton className="link" fz="sm" onClick={() => onOpen(call)}>
        <Time at={call.at} />
        <VisuallyHidden>{t('callOf', { key: call.keyName })}</VisuallyHidden>
      </UnstyledButton>
    ),
  },
  {
    id: 'key',
    label: t('key'),
    cell: ({ keyName, owner }) => (
      <div>
        <Data>{keyName}</Data>
        <Text size="xs" c="dimmed">
          <Data>{refs[owner.id]?.name ?? owner.id}</Data>
        </Text>
      </div>
    ),
  },
  { id: 'target', label: t('target'), cell: (call) => <Data>{calledBy(call, refs)}</Data> },
  { id: 'result', label: t('result'), cell: (call) => <OutcomeBadge call={call} /> },
  {
    id: 'tokens',
    label: t('tokens'),
    isNumber: true,
    cell: ({ tokens }) => tokens && <Count n={tokens.input + tokens.output} />,
  },
  { id: 'cost', label: t('cost'), isNumber: true, cell: ({ costUsd }) => costUsd && <Usd usd={costUsd} /> },
  { id: 'latency', label: t('latency'), isNumber: true, cell: ({ latencyMs }) => t('ms', { n: latencyMs }) },
]
