import { Button, Stack, Text } from '@mantine/core'
import { ask } from '../api.ts'
import { useMay } from '../session/session.tsx'
import { translator } from '../texts.ts'
import { ProblemNote } from '../ui/ProblemNote.tsx'
import { useChange } from '../ui/useChange.ts'
import { useUrl } from '../ui/useUrl.ts'
import { texts } from './texts.data.ts'
import type { UpstreamProps } from './upstream.ts'

const t = translator(texts)

/** The end of its page: it can be deleted, unless configuration files have to let go of it first. */
export function DeleteOrRelease({ kind, of, label }: UpstreamProps & { readonly label: string }) {
  const may = useMay()
  const [, set] = useUrl()
  if (may(`${kind}:write`) === 'none') return null
  if (of.managedBy !== null) return <Release kind={kind} of={of} />
  return (
    <Button variant="outline" color="red" onClick={() => set({ open: 'delete' }, 'push')}>
      {label}
    </Button>
  )
}

function Release({ kind, of: { id, revision } }: UpstreamProps) {
  const { change, isRunning, refusal } = useChange({
    run: () => ask(`PATCH /${kind}/${id}`, { body: { managedBy: null }, revision }),
    refreshes: [kind],
    said: t('released'),
  })
  return (
    <Stack gap="xs" align="flex-start">
      <Text size="sm" c="dimmed">
        {t('releaseText')}
      </Text>
      <Button variant="default" loading={isRunning} onClick={() => void change(undefined)}>
        {t('release')}
      </Button>
      <ProblemNote refusal={refusal} />
    </Stack>
  )
}
