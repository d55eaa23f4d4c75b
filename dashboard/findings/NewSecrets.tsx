import '../keys/reveal/reveal.css'
import { Button, Group, Stack, Text } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { isSelected } from '../keys/reveal/SecretBlock.tsx'
import { shownOnceOf } from '../keys/reveal/shownOnce.ts'
import { translator } from '../texts.ts'
import { AskToLeave } from '../ui/AskToLeave.tsx'
import { CopyButton, Data } from '../ui/Data.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { saveFile } from '../ui/saveFile.ts'
import { useLeaving } from '../ui/useLeaving.ts'
import { texts } from './texts.data.ts'
import type { Outcome } from './useFixing.ts'

const t = translator(texts)
const leaveWords = { title: t('leaveTitle'), text: t('leaveText'), back: t('back'), leave: t('leave') }

type Props = { readonly outcomes: readonly Outcome[]; readonly summary: ReactNode; readonly onDone: () => void }
type Made = { readonly name: string; readonly key: string; readonly text: string; readonly isLink: boolean }

/** Secrets of many keys, shown once in one list. They are in this tree and nowhere else; with `onDone` they are gone. */
export function NewSecrets({ outcomes, summary, onDone }: Props) {
  const made = outcomes.flatMap(madeOf)
  const leaving = useLeaving({ isNothing: made.length === 0, onDone })
  const save = () => {
    const lines = made.map(({ name, key, text }) => `${JSON.stringify({ key, name, secret: text })}\n`)
    saveFile('new-secrets.ndjson', new Blob(lines, { type: 'application/x-ndjson' }))
    leaving.copied()
  }
  return (
    <Dialog title={t('secretsTitle')} onClose={leaving.done} size="lg" isHeld>
      <Stack gap="md">
        {summary}
        <Text size="sm" role="alert">
          {t('secretsOnce')}
        </Text>
        <ul className="plain-list" onCopy={() => made.every(({ text }) => isSelected(text)) && leaving.copied()}>
          {made.map((each) => (
            <OneSecret key={each.key} made={each} />
          ))}
        </ul>
        <Group gap="sm">
          <Button leftSection={<IconDownload size={16} />} onClick={save} data-autofocus>
            {t('saveAll')}
          </Button>
          <Text size="sm" c="dimmed">
            {t('saveHint')}
          </Text>
        </Group>
        <AskToLeave leaving={leaving} words={leaveWords} />
        <Group justify="flex-end">
          <Button variant="default" onClick={leaving.done}>
            {t('done')}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  )
}

function madeOf({ answer, name, key }: Outcome): Made[] {
  const shown = answer === null ? null : shownOnceOf(answer)
  if (shown === null || shown.kind === 'lost') return []
  // A second key has a name and an id of its own.
  const of = answer ? { name: answer.key.name, key: answer.key.id } : { name, key }
  return [{ ...of, text: shown.text, isLink: shown.kind === 'claim' || shown.kind === 'rotatedClaim' }]
}

const OneSecret = ({ made: { name, text, isLink } }: { readonly made: Made }) => (
  <li>
    <Text size="sm" fw={550}>
      <Data>{name}</Data>
    </Text>
    <Group gap="xs" wrap="nowrap">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it is selected and copied by keyboard as well */}
      <section aria-label={isLink ? t('linkOf', { name }) : t('secretOf', { name })} tabIndex={0} className="data">
        <pre className="secret" translate="no">
          {text}
        </pre>
      </section>
      <CopyButton value={text} label={t('copySecret', { name })} />
    </Group>
  </li>
)
