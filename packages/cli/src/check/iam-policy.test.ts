import { describe, expect, it } from 'vitest'
import { policiesOf } from './iam-policy.ts'

describe('the least policy', () => {
  it('has what goes for the same resources together, and each thing once', () => {
    const on = (action: string, resource: string) => ({ action, resource })
    const rights = [
      on('ec2:DescribeVpcs', '*'),
      on('ec2:ReplaceRoute', 'arn:b'),
      on('ec2:ReplaceRoute', 'arn:a'),
      on('ec2:DescribeVpcs', '*'),
    ]
    expect(policiesOf([...rights, on('ec2:CreateRoute', 'arn:a'), on('ec2:CreateRoute', 'arn:b')])).toEqual([
      {
        role: null,
        policy: {
          Version: '2012-10-17',
          Statement: [
            { Effect: 'Allow', Action: ['ec2:DescribeVpcs'], Resource: ['*'] },
            { Effect: 'Allow', Action: ['ec2:CreateRoute', 'ec2:ReplaceRoute'], Resource: ['arn:a', 'arn:b'] },
          ],
        },
      },
    ])
  })

  it('keeps conditions apart, and gives each role that is taken on a policy of its own', () => {
    const condition = { StringEquals: { 'aws:ResourceTag/movip': 'yes' } }
    const role = 'arn:aws:iam::123456789012:role/routes'
    const policies = policiesOf([
      { action: 'sts:AssumeRole', resource: role },
      { action: 'ec2:ReplaceRoute', resource: '*', condition, as: role },
      { action: 'ec2:DescribeVpcs', resource: '*', as: role },
    ])
    expect(policies.map((one) => [one.role, one.policy.Statement.map(({ Action, Condition }) => [Action, Condition])])).toEqual([
      [null, [[['sts:AssumeRole'], undefined]]],
      [
        role,
        [
          [['ec2:ReplaceRoute'], condition],
          [['ec2:DescribeVpcs'], undefined],
        ],
      ],
    ])
  })
})
