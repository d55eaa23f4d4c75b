import { Button, Group, Text } from '@mantine/core'
import { useMay } from '../session/session.tsx'
import { translator } from '../texts.ts'
import { Section } from '../ui/Section.tsx'
import { useUrl } from '../ui/useUrl.ts'
import { texts } from './texts.data.ts'
import type { UpstreamProps } from './upstream.ts'

const t = translator(texts)

/** `said`: how it stands, in words, because what it is is never shown. */
type Props = UpstreamProps & { readonly isSet: boolean; readonly said: string }

export function CredentialSection({ kind, of: { managedBy }, isSet, said }: Props) {
  const may = useMay()
  const [, set] = useUrl()
  return (
    <Section title={t('credential')}>
      <Text size="sm">{said}</Text>
      {may(`${kind}:write`) !== 'none' && managedBy === null && (
        <Group gap="xs">
          <Button size="xs" variant="default" onClick={() => set({ open: 'credential' }, 'push')}>
            {t(isSet ? 'replaceCredential' : 'setCredential')}
          </Button>
          {isSet && (
            <Button size="xs" variant="default" onClick={() => set({ open: 'no-credential' }, 'push')}>
              {t('removeCredential')}
            </Button>
          )}
        </Group>
      )}
    </Section>
  )
}
