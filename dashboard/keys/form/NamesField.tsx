import { Group, Pill, Text } from '@mantine/core'
import { Data } from '../../ui/Data.tsx'
import { TagsField } from '../../ui/TagsField.tsx'
import { t } from './desk.ts'

export type Named = { readonly value: string; readonly label: string; readonly also?: string }

type Props = {
  readonly label: string
  readonly description?: string
  readonly placeholder?: string
  readonly options: readonly Named[]
  readonly value: readonly string[]
  readonly onChange: (value: string[]) => void
  readonly error?: React.ReactNode
  /** What is no option is kept and said to match nothing, because it may come. */
  readonly marksUnknown?: boolean
  /** Names of what is no option and is there all the same. */
  readonly nameOf?: (value: string) => string | undefined
}

/** A list of things by name, chosen, typed or pasted; names become ids where they are known. */
export function NamesField({ options, value, onChange, marksUnknown = false, nameOf, ...field }: Props) {
  const meant = (said: string): string => {
    const low = said.toLowerCase()
    const is = (name: string | undefined): boolean => name?.toLowerCase() === low
    return options.find((option) => is(option.value) || is(option.also) || is(option.label))?.value ?? said
  }
  const known = new Map(options.map((option) => [option.value, option]))
  return (
    <TagsField
      {...field}
      data={options.map((option) => ({ value: option.value, label: option.label }))}
      value={[...value]}
      onChange={(said) => onChange([...new Set(said.map(meant))])}
      filter={({ options: all, search }) => all.filter((each) => fits(each, search, known))}
      limit={50}
      renderOption={({ option }) => {
        const also = known.get(option.value)?.also
        return (
          <Group gap="xs">
            <Data>{known.get(option.value)?.label ?? option.value}</Data>
            {also && (
              <Text size="xs" c="dimmed">
                <Data>{also}</Data>
              </Text>
            )}
          </Group>
        )
      }}
      renderPill={({ value: id = '', onRemove, disabled }) => (
        <Pill withRemoveButton={!disabled} onRemove={() => onRemove?.()}>
          <Data>{known.get(id)?.label ?? nameOf?.(id) ?? id}</Data>
          {marksUnknown && !known.has(id) && <em> ({t('matchesNothing')})</em>}
        </Pill>
      )}
    />
  )
}

type Option = { readonly value?: string; readonly label?: string }
function fits(option: object, search: string, known: ReadonlyMap<string, Named>): boolean {
  const { value = '' }: Option = option
  const low = search.trim().toLowerCase()
  const named = known.get(value)
  return [named?.label, named?.also, value].some((name) => name?.toLowerCase().includes(low))
}
