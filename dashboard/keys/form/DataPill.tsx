import { Pill, type TagsInputProps } from '@mantine/core'
import { Data } from '../../ui/Data.tsx'

type Props = Parameters<NonNullable<TagsInputProps['renderPill']>>[0]

/** What somebody wrote, as a pill. */
export const dataPill = ({ value = '', onRemove, disabled }: Props) => (
  <Pill withRemoveButton={!disabled} onRemove={() => onRemove?.()}>
    <Data>{value}</Data>
  </Pill>
)
