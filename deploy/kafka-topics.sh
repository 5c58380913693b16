#!/bin/sh
# Creates the topics that the edge needs, and lets its two users do what they do: no more.
#   BOOTSTRAP=kafka-1.internal.example:9093 CONFIG=admin.properties KAFKA=/opt/kafka/bin deploy/kafka-topics.sh
# Topics that exist stay as they are. REPLICAS and IN_SYNC are for three brokers or more. ACLS=no is for brokers that let
# everybody do everything. The two users must be able to log in already (for SCRAM: kafka-configs.sh --entity-type users);
# what the platform's services may do with these topics is for their own ACLs.
set -eu

BOOTSTRAP=${BOOTSTRAP:?the brokers, host:port}
CONFIG=${CONFIG:-/dev/null}
KAFKA=${KAFKA:-/opt/kafka/bin}
REPLICAS=${REPLICAS:-3}
IN_SYNC=${IN_SYNC:-2}
GATEWAY=${GATEWAY:-edge-gateway}
FEED=${FEED:-edge-feed}
GROUP=${GROUP:-websocket-service-consumer}
ACLS=${ACLS:-yes}

COMMANDS=huleedu.commands.batch.pipeline.v1
NOTIFICATIONS=huleedu.notification.teacher.requested.v1
DEAD_LETTERS=huleedu.notification.teacher.requested.v1.dlq

DAY=86400000
# The dead letters take whatever the notifications' topic took.
LARGEST=1048588

create() {  # topic, partitions, days
    "$KAFKA"/kafka-topics.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --create --if-not-exists \
        --topic "$1" --partitions "$2" --replication-factor "$REPLICAS" --config "min.insync.replicas=$IN_SYNC" \
        --config "retention.ms=$(($3 * DAY))" --config "max.message.bytes=$LARGEST"
}

allow() {  # user, then the resource and its operations
    user=$1
    shift
    "$KAFKA"/kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --command-config "$CONFIG" --add \
        --allow-principal "User:$user" "$@"
}

create "$COMMANDS" 6 7
# As many replicas of the feed can read as there are partitions. A week is how long the feed may be away.
create "$NOTIFICATIONS" 12 7
create "$DEAD_LETTERS" 1 30

[ "$ACLS" = yes ] || exit 0
allow "$GATEWAY" --topic "$COMMANDS" --operation Describe --operation Write
allow "$FEED" --topic "$NOTIFICATIONS" --operation Describe --operation Read
allow "$FEED" --group "$GROUP" --operation Describe --operation Read
allow "$FEED" --topic "$DEAD_LETTERS" --operation Describe --operation Write
# Brokers before 3.0 ask this of idempotent producers.
allow "$GATEWAY" --cluster --operation IdempotentWrite
allow "$FEED" --cluster --operation IdempotentWrite
