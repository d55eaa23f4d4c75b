// Plain old syntax: runs on whatever Node there is. Exit 0: node_modules holds what package-lock.json names.
// npm writes node_modules/.package-lock.json last, so an interrupted install is never taken for a finished one.
'use strict'
var fs = require('fs')
var path = require('path')
var root = path.join(__dirname, '..')

function read(file) {
  try {
    return JSON.parse(fs.readFileSync(path.join(root, file), 'utf8')).packages || {}
  } catch (_error) {
    return null
  }
}

function isInstalled() {
  var wanted = read('package-lock.json')
  var present = read('node_modules/.package-lock.json')
  if (wanted === null || present === null) return false
  return Object.keys(wanted).every(function (name) {
    if (name === '') return true
    // Optional packages are for one platform each; those for others are rightly missing.
    if (!present[name]) return Boolean(wanted[name].optional || wanted[name].devOptional)
    return present[name].version === wanted[name].version && present[name].integrity === wanted[name].integrity
  })
}

process.exitCode = isInstalled() ? 0 : 1
