import type { Fields } from './contract.ts'
import { Ec2Fault } from './fault.ts'
import { found, interfaceMeant } from './world.ts'
import type { World } from './world.ts'
import { flagIn, textIn } from './input.ts'

// Of what can be asked and changed of interfaces and instances, what decides where packets go.

export function modifyInterface(world: World, input: Fields): Fields {
  const own = found(world, 'interfaces', textIn(input, 'NetworkInterfaceId'))
  own.sourceDestCheck = flagWanted(input, 'SourceDestCheck')
  return {}
}

export function describeInterfaceAttribute(world: World, input: Fields): Fields {
  const own = found(world, 'interfaces', textIn(input, 'NetworkInterfaceId'))
  if (input['Attribute'] !== 'sourceDestCheck')
    throw new Ec2Fault('InvalidParameterValue', 'Of attributes only sourceDestCheck is kept here')
  return { NetworkInterfaceId: own.id, SourceDestCheck: { Value: own.sourceDestCheck } }
}

export function modifyInstance(world: World, input: Fields): Fields {
  interfaceMeant(world, { instance: textIn(input, 'InstanceId') }).sourceDestCheck = flagWanted(input, 'SourceDestCheck')
  return {}
}

export function describeInstanceAttribute(world: World, input: Fields): Fields {
  const id = textIn(input, 'InstanceId')
  if (input['Attribute'] !== 'sourceDestCheck')
    throw new Ec2Fault('InvalidParameterValue', 'Of attributes only sourceDestCheck is kept here')
  return { InstanceId: id, SourceDestCheck: { Value: interfaceMeant(world, { instance: id }).sourceDestCheck } }
}

function flagWanted(input: Fields, name: string): boolean {
  const value = flagIn(input, name)
  if (value === null) throw new Ec2Fault('InvalidParameterCombination', `Of attributes only ${name} can be changed here`)
  return value
}
