import { SegmentedControl, Stack, Switch, Text, Textarea, TextInput } from '@mantine/core'
import type { Refusal } from '../api.ts'
import { translator } from '../texts.ts'
import { fieldError } from '../ui/useChange.ts'
import { commandLineOf, type ServerDraft } from './draft.ts'
import { EnvFields } from './EnvFields.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = {
  readonly draft: ServerDraft
  readonly onChange: (patch: Partial<ServerDraft>) => void
  readonly refusal: Refusal | null
}

/** Where a server is, or what runs it. */
export const TransportFields = (props: Props) =>
  props.draft.type === 'stdio' ? <CommandFields {...props} /> : <UrlFields {...props} />

function UrlFields({ draft, onChange, refusal }: Props) {
  return (
    <>
      <TextInput
        label={t('url')}
        description={t('urlHint')}
        type="url"
        value={draft.url}
        onChange={(event) => onChange({ url: event.currentTarget.value })}
        error={fieldError(refusal, '/transport')}
        required
        autoComplete="off"
        spellCheck={false}
      />
      <Stack gap={4}>
        <Text size="sm" fw={600} id="speaks" component="span">
          {t('protocol')}
        </Text>
        <SegmentedControl
          aria-labelledby="speaks"
          data={[
            { value: 'http', label: t('speaksHttp') },
            { value: 'sse', label: t('speaksSse') },
          ]}
          value={draft.type}
          onChange={(type) => onChange({ type: type === 'sse' ? 'sse' : 'http' })}
        />
      </Stack>
    </>
  )
}

function CommandFields({ draft, onChange, refusal }: Props) {
  // People paste the whole line that a server's page shows.
  const part = () => {
    const line = draft.args === '' ? commandLineOf(draft.command) : null
    if (line) onChange({ command: line.command, args: line.args.join('\n') })
  }
  return (
    <>
      <TextInput
        label={t('command')}
        description={t('commandHint')}
        placeholder={t('commandPlaceholder')}
        value={draft.command}
        onChange={(event) => onChange({ command: event.currentTarget.value })}
        onBlur={part}
        error={fieldError(refusal, '/transport/command')}
        required
        autoComplete="off"
        spellCheck={false}
      />
      <Textarea
        label={t('arguments')}
        description={t('argsHint')}
        value={draft.args}
        onChange={(event) => onChange({ args: event.currentTarget.value })}
        error={fieldError(refusal, '/transport/args')}
        autosize
        minRows={2}
        maxRows={10}
        spellCheck={false}
      />
      <EnvFields env={draft.env} onChange={(env) => onChange({ env })} error={fieldError(refusal, '/transport/env')} />
      <Switch
        label={t('perGateway')}
        description={t('perGatewayHint')}
        checked={draft.perGateway}
        onChange={(event) => onChange({ perGateway: event.currentTarget.checked })}
      />
    </>
  )
}
