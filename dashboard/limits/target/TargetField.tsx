import { Autocomplete, Select, Stack } from '@mantine/core'
import type { TargetInput, TargetType } from '../../../src/limits/schema.ts'
import type { PageOf, Refusal } from '../../api.ts'
import { translator } from '../../texts.ts'
import { Data } from '../../ui/Data.tsx'
import { EntityPicker } from '../../ui/EntityPicker.tsx'
import { useOne } from '../../ui/useCalls.ts'
import { fieldError } from '../../ui/useChange.ts'
import { places } from './kinds.data.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = {
  readonly types: readonly TargetType[]
  readonly value: TargetInput
  readonly onChange: (target: TargetInput) => void
  readonly refusal: Refusal | null
}

/** Whether it says all that a target needs. */
export const isWhole = ({ type, id, name }: TargetInput): boolean =>
  type === 'organization' || (id !== undefined && ((type !== 'tool' && type !== 'model') || Boolean(name)))

/** Of which kind, which one, and of tools and models the name within it. */
export function TargetField({ types, value, onChange, refusal }: Props) {
  const { type, id, name } = value
  const whole = type === 'tool' ? 'server' : type === 'model' ? 'provider' : type
  return (
    <Stack gap="sm">
      <Select
        label={t('about')}
        allowDeselect={false}
        data={types.map((kind) => ({ value: kind, label: t(kind) }))}
        value={type}
        onChange={(kind) => onChange({ type: types.find((one) => one === kind) ?? type })}
        error={fieldError(refusal, '/target/type')}
      />
      {type !== 'organization' && whole !== 'organization' && (
        <EntityPicker
          key={type}
          path={places[type]}
          label={t(whole)}
          required
          value={id ?? null}
          onChange={(picked) => onChange({ type, ...(picked === null ? {} : { id: picked }) })}
          error={fieldError(refusal, '/target/id')}
        />
      )}
      {(type === 'tool' || type === 'model') && (
        <PartField
          kind={type}
          whole={id ?? null}
          value={name ?? ''}
          onChange={(text) => onChange({ ...value, name: text || undefined })}
          error={fieldError(refusal, '/target/name')}
        />
      )}
    </Stack>
  )
}

type PartProps = {
  readonly kind: 'tool' | 'model'
  /** The server or provider by its id. */
  readonly whole: string | null
  readonly value: string
  readonly onChange: (name: string) => void
  readonly error: string | undefined
}
type Server = { readonly server: { readonly tools?: readonly { readonly name: string }[] } }

function PartField({ kind, whole, value, onChange, error }: PartProps) {
  const tools = useOne<Server>(kind === 'tool' && whole !== null ? `/servers/${whole}` : null)
  const models = useOne<Pick<PageOf<{ id: string }>, 'items'>>(
    kind === 'model' && whole !== null ? `/providers/${whole}/models` : null,
  )
  const known =
    kind === 'tool' ? tools.data?.server.tools?.map(({ name }) => name) : models.data?.items.map(({ id }) => id)
  return (
    <Autocomplete
      label={t(kind)}
      description={t(kind === 'tool' ? 'noTool' : 'noModel')}
      required
      disabled={whole === null}
      data={[...new Set(known)]}
      renderOption={({ option }) => <Data>{option.value}</Data>}
      value={value}
      onChange={onChange}
      error={error}
      limit={100}
    />
  )
}
