import { ActionIcon, Button, Fieldset, Group, PasswordInput, Stack, Text, TextInput } from '@mantine/core'
import { IconPlus, IconTrash } from '@tabler/icons-react'
import type { ClipboardEvent } from 'react'
import { translator } from '../texts.ts'
import { type Variable, variablesIn } from './draft.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = {
  readonly env: readonly Variable[]
  readonly onChange: (env: readonly Variable[]) => void
  readonly error?: string | undefined
}

/** Variables of a command: written and never read, so what is there shows as set and is typed anew to be changed. */
export function EnvFields({ env, onChange, error }: Props) {
  const put = (at: number, patch: Partial<Variable>) =>
    onChange(env.map((one, other) => (other === at ? { ...one, ...patch } : one)))
  const paste = (at: number) => (event: ClipboardEvent) => {
    const found = variablesIn(event.clipboardData.getData('text'))
    if (found === null) return
    event.preventDefault()
    onChange([...env.slice(0, at), ...found, ...env.slice(at + 1)])
  }
  return (
    <Fieldset legend={t('env')} variant="unstyled" p={0} styles={{ legend: { fontWeight: 500, padding: 0 } }}>
      <Stack gap="xs">
        <Text size="xs" c="dimmed">
          {t('envHint')}
        </Text>
        {env.map((variable, at) => (
          <Group
            // biome-ignore lint/suspicious/noArrayIndexKey: a line is where it stands; names are typed and may be alike
            key={at}
            gap="xs"
            wrap="nowrap"
            align="flex-start"
          >
            <TextInput
              flex={1}
              aria-label={t('envName', { n: at + 1 })}
              placeholder={t('envNameShort')}
              value={variable.name}
              onPaste={paste(at)}
              onChange={(event) => put(at, { name: event.currentTarget.value, isKept: false })}
              autoComplete="off"
              spellCheck={false}
            />
            <PasswordInput
              flex={1}
              aria-label={t('envValue', { n: at + 1 })}
              placeholder={variable.isKept ? t('envKept') : t('envValueShort')}
              value={variable.value}
              onChange={(event) => put(at, { value: event.currentTarget.value, isKept: false })}
              autoComplete="off"
            />
            <ActionIcon
              mt={4}
              aria-label={t('envRemove', { n: at + 1 })}
              onClick={() => onChange(env.filter((_, other) => other !== at))}
            >
              <IconTrash size={16} />
            </ActionIcon>
          </Group>
        ))}
        {error && (
          <Text size="xs" c="var(--mantine-color-error)" role="alert" className="data" translate="no">
            {error}
          </Text>
        )}
        <div>
          <Button
            size="xs"
            variant="default"
            leftSection={<IconPlus size={14} />}
            onClick={() => onChange([...env, { name: '', value: '', isKept: false }])}
          >
            {t('envAdd')}
          </Button>
        </div>
      </Stack>
    </Fieldset>
  )
}
