import { Alert, Button, Checkbox, Group, Stack, Text } from '@mantine/core'
import { IconShieldCheck } from '@tabler/icons-react'
import { useEffect, useRef, useState } from 'react'
import { translator } from '../texts.ts'
import { CopyTextButton } from '../ui/Data.tsx'
import { texts } from './texts.data.ts'
import { useLeavingAsked } from './useLeavingAsked.ts'

const t = translator(texts)

type Props = { readonly codes: readonly string[]; readonly onDone: () => void }

/** Shown in this one answer: nothing goes on before somebody says that they are kept. */
export function RecoveryCodes({ codes, onDone }: Props) {
  const [isKept, setKept] = useState(false)
  const title = useRef<HTMLHeadingElement>(null)
  useLeavingAsked(!isKept)
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
      <Checkbox label={t('kept')} checked={isKept} onChange={(event) => setKept(event.currentTarget.checked)} />
      <Group justify="space-between">
        <CopyTextButton value={codes.join('\n')} label={t('copyCodes')} />
        <Button disabled={!isKept} onClick={onDone}>
          {t('done')}
        </Button>
      </Group>
    </Stack>
  )
}
