/** What can be done with many keys at once, in the order of the buttons. */
export const bulkActions = [
  { id: 'resume', button: 'activate', title: 'activateTitle', text: 'activateText', isDangerous: false },
  { id: 'suspend', button: 'deactivate', title: 'deactivateTitle', text: 'deactivateText', isDangerous: false },
  { id: 'tag', button: 'tagThem', title: 'tagTitle', text: 'tagText', isDangerous: false },
  { id: 'extend', button: 'extend', title: 'extendTitle', text: 'extendText', isDangerous: false },
  { id: 'revoke', button: 'revoke', title: 'revokeTitle', text: 'revokeText', isDangerous: true },
  { id: 'delete', button: 'delete', title: 'deleteManyTitle', text: 'deleteManyText', isDangerous: true },
] as const
export type BulkAction = (typeof bulkActions)[number]['id']

/** What has to be typed before it is done. */
export const typedWords = { revoke: 'revokeWord', delete: 'deleteWord' } as const

export const extensions = [
  { value: '30d', name: 'in30d' },
  { value: '60d', name: 'in60d' },
  { value: '90d', name: 'in90d' },
  { value: '180d', name: 'in180d' },
  { value: '1y', name: 'in1y' },
  { value: 'never', name: 'never' },
] as const
