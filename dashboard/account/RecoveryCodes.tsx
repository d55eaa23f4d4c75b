import { Alert, Button, Checkbox, Group, Stack, Text } from '@mantine/core'
import { IconShieldCheck } from '@tabler/icons-react'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { translator } from '../texts.ts'
import { AskToLeave } from '../ui/AskToLeave.tsx'
import { CopyTextButton } from '../ui/Data.tsx'
import { useLeaving } from '../ui/useLeaving.ts'
import { texts } from './texts.data.ts'
import { useLeavingAsked } from './useLeavingAsked.ts'

const t = translator(texts)
const leaveWords = { title: t('leaveTitle'), text: t('leaveText'), back: t('leaveBack'), leave: t('leave') }

export type CodesProps = { readonly codes: readonly string[]; readonly onDone: () => void }

/** Shown in this one answer: nothing goes on before somebody says that they are kept, unless he wants to go without. */
export function RecoveryCodes({ codes, onDone }: CodesProps) {
  const leaving = useLeaving({ isNothing: false, onDone })
  return (
    <Codes codes={codes} isKept={leaving.isCopied} onKept={leaving.copied} onDone={leaving.done}>
      <AskToLeave leaving={leaving} words={leaveWords} />
    </Codes>
  )
}

/** Before the dashboard is open to somebody there is no other screen: only the page itself can go. */
export function CodesAlone({ codes, onDone }: CodesProps) {
  const [isKept, setKept] = useState(false)
  useLeavingAsked(!isKept)
  return <Codes codes={codes} isKept={isKept} onKept={setKept} onDone={onDone} />
}

type Props = CodesProps & {
  readonly isKept: boolean
  readonly onKept: (isKept: boolean) => void
  readonly children?: ReactNode
}

function Codes({ codes, isKept, onKept, onDone, children }: Props) {
  const title = useRef<HTMLHeadingElement>(null)
  useEffect(() => title.current?.focus(), [])
  return (
    <Stack gap="sm">
      <Alert color="green" icon={<IconShieldCheck size={20} />}>
        <Text component="h3" fw={600} ref={title} tabIndex={-1} fz="md" c="var(--mantine-color-text)">
          {t('codesTitle')}
        </Text>
        <Text size="sm" c="var(--mantine-color-text)">
          {t('codesText')}
        </Text>
      </Alert>
      <section aria-label={t('codes')} className="recovery-codes" translate="no">
        {codes.map((code) => (
          <code key={code}>{code}</code>
        ))}
      </section>
      <Checkbox label={t('kept')} checked={isKept} onChange={(event) => onKept(event.currentTarget.checked)} />
      {children}
      <Group justify="space-between">
        <CopyTextButton value={codes.join('\n')} label={t('copyCodes')} />
        <Button disabled={!isKept} onClick={onDone}>
          {t('done')}
        </Button>
      </Group>
    </Stack>
  )
}
