import { Badge, Menu, Text, Tooltip, UnstyledButton } from '@mantine/core'
import type { ReactNode } from 'react'
import { translator } from '../../texts.ts'
import { Count, Data, Time } from '../../ui/Data.tsx'
import { type Column, DataTable } from '../../ui/DataTable.tsx'
import { RowMenu } from '../../ui/RowMenu.tsx'
import { Usd } from '../../ui/Usd.tsx'
import type { List } from '../../ui/useCalls.ts'
import type { OfferedModel, PriceView } from '../answers.ts'
import { texts } from '../texts.data.ts'

const t = translator(texts)

type Props = {
  readonly list: Pick<List<OfferedModel>, 'items' | 'isLoading' | 'error' | 'isStale'> & {
    readonly retry: () => Promise<unknown>
  }
  readonly isFiltered: boolean
  readonly onClearFilters: () => void
  readonly empty: ReactNode
  readonly onEdit?: (id: string) => void
  readonly onRemove?: (id: string) => void
}

/** Models with what they cost now, and who says so. */
export function ModelsTable({ list, onEdit, onRemove, ...rest }: Props) {
  return (
    <DataTable
      {...rest}
      list={list}
      label={t('models')}
      columns={columnsOf(onEdit)}
      idOf={({ id }) => id}
      nameOf={({ id }) => id}
      {...(onEdit ? { onOpen: ({ id }: OfferedModel) => onEdit(id) } : {})}
      {...(onEdit && onRemove
        ? { actions: ({ id }: OfferedModel) => <Actions id={id} onEdit={onEdit} onRemove={onRemove} /> }
        : {})}
    />
  )
}

const columnsOf = (onEdit: Props['onEdit']): Column<OfferedModel>[] => [
  { id: 'model', label: t('model'), cell: (model) => <NameOfModel model={model} onEdit={onEdit} /> },
  {
    id: 'input',
    label: t('input'),
    hint: t('perMillion'),
    isNumber: true,
    cell: ({ price }) => (price ? <Usd usd={price.inputPerMillion} /> : <NoPrice />),
  },
  {
    id: 'output',
    label: t('output'),
    hint: t('perMillion'),
    isNumber: true,
    cell: ({ price }) => (price ? <Usd usd={price.outputPerMillion} /> : <NotKnown />),
  },
  {
    id: 'whose',
    label: t('whose'),
    cell: ({ price, prices }) => (price ? <Whose price={price} of={prices.length} /> : <NotKnown />),
  },
  {
    id: 'since',
    label: t('since'),
    cell: ({ price }) => (price ? <Time at={price.from} missing={t('always')} /> : <NotKnown />),
  },
  {
    id: 'context',
    label: t('context'),
    hint: t('tokens'),
    isNumber: true,
    cell: ({ contextTokens }) => (contextTokens === null ? <NotKnown /> : <Count n={contextTokens} />),
  },
]

type NameProps = { readonly model: OfferedModel; readonly onEdit: Props['onEdit'] | undefined }
function NameOfModel({ model: { id, aliases }, onEdit }: NameProps) {
  return (
    <div>
      {onEdit ? (
        <UnstyledButton className="link" fz="sm" fw={550} onClick={() => onEdit(id)}>
          <Data>{id}</Data>
        </UnstyledButton>
      ) : (
        <Text size="sm" fw={550} component="span">
          <Data>{id}</Data>
        </Text>
      )}
      {aliases.length > 0 && (
        <Text size="xs" c="dimmed">
          {t('aliases')}: <Data>{aliases.join(', ')}</Data>
        </Text>
      )}
    </div>
  )
}

const NotKnown = () => (
  <Text size="xs" c="dimmed" component="span" className="nowrap">
    {t('notKnown')}
  </Text>
)

/** Not known is not free. */
const NoPrice = () => (
  <Tooltip label={t('noPriceHint')}>
    <Badge color="yellow" tabIndex={0}>
      {t('noPrice')}
    </Badge>
  </Tooltip>
)

const Whose = ({ price, of }: { readonly price: PriceView; readonly of: number }) => (
  <div>
    {price.source === 'organization' ? <Badge>{t('yours')}</Badge> : <Data>{price.source}</Data>}
    {of > 1 && (
      <Text size="xs" c="dimmed">
        {t('periods', { n: of - 1 })}
      </Text>
    )}
  </div>
)

type ActionProps = { readonly id: string } & Required<Pick<Props, 'onEdit' | 'onRemove'>>
const Actions = ({ id, onEdit, onRemove }: ActionProps) => (
  <RowMenu name={id}>
    <Menu.Item onClick={() => onEdit(id)}>{t('edit')}</Menu.Item>
    <Menu.Item color="red" onClick={() => onRemove(id)}>
      {t('removeModel')}
    </Menu.Item>
  </RowMenu>
)
