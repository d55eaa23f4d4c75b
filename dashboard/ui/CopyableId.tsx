import { Group } from '@mantine/core'
import { CopyButton, Id } from './Data.tsx'

/** An id that people hand on, with the button that copies it. */
export const CopyableId = ({ id, label }: { readonly id: string; readonly label: string }) => (
  <Group gap={4} wrap="nowrap">
    <Id>{id}</Id>
    <CopyButton value={id} label={label} />
  </Group>
)
