import { Menu } from '@mantine/core'
import { IconPencil, IconRefresh, IconTrash } from '@tabler/icons-react'
import type { KeyView } from '../../../src/keys/schema.ts'
import { translator } from '../../texts.ts'
import { IconButton } from '../../ui/IconButton.tsx'
import { RowMenu } from '../../ui/RowMenu.tsx'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = {
  readonly of: KeyView
  readonly onRenew: () => void
  readonly onEdit: () => void
  readonly onDelete: () => void
}

export function RowActions({ of: { name, status, ephemeral }, onRenew, onEdit, onDelete }: Props) {
  const isRenewable = (status === 'active' || status === 'inactive') && !ephemeral
  return (
    <span className="key-actions">
      <IconButton label={t('deleteRow', { name })} picture="trash" onClick={onDelete} />
      <RowMenu name={name}>
        {isRenewable && (
          <Menu.Item leftSection={<IconRefresh size={16} />} onClick={onRenew}>
            {t('renew')}
          </Menu.Item>
        )}
        {status !== 'revoked' && (
          <Menu.Item leftSection={<IconPencil size={16} />} onClick={onEdit}>
            {t('edit')}
          </Menu.Item>
        )}
        <Menu.Item color="red" leftSection={<IconTrash size={16} />} onClick={onDelete}>
          {t('delete')}
        </Menu.Item>
      </RowMenu>
    </span>
  )
}
