package chat.samara.server.core;

/**
 * Numbers for metrics and status, cheap to take.
 *
 * @param sessions devices that are connected, logged in or not
 * @param devicesOnline devices that are logged in
 * @param linksUp peers with a proved link
 * @param peers peers that the operator has accepted
 * @param channelsCached channels in memory
 * @param outboxRecords records that wait for a hub
 * @param pullsUnderWay pulls that were sent and not answered
 * @param entriesAppended entries that this process appended, as hub or follower
 * @param entriesSent entries that this process sent to devices
 * @param framesRefused requests that were answered with an error
 * @param faults events that met a bug in this software and were undone
 * @param channelsFrozen channels whose hub was found cheating, since the start
 * @param channelsHeld channels of this hub in which it orders nothing, since it has signed more than it has
 * @param channelsSetAside channels with rows that cannot be read
 * @param acceptingSubmissions whether the disk has room
 */
public record Figures(
        long sessions,
        long devicesOnline,
        long linksUp,
        long peers,
        long channelsCached,
        long outboxRecords,
        long pullsUnderWay,
        long entriesAppended,
        long entriesSent,
        long framesRefused,
        long faults,
        long channelsFrozen,
        long channelsHeld,
        long channelsSetAside,
        boolean acceptingSubmissions) {}
