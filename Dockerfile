# One Samara server. Build the jars first, then the image:
#
#   mvn -pl server/node -am package -DskipTests
#   docker build -t samara .
#   docker run -d --name samara -p 7443:7443 -v samara-data:/data samara \
#     --name berlin.example --advertise berlin.example:7443
#   docker logs samara                        # the invite for the first member
#   docker exec samara samara-server invite   # and more of them
#
# The base image needs a Java run-time of 17 or newer and /bin/sh, nothing else.
ARG BASE_IMAGE=eclipse-temurin:17-jre
FROM ${BASE_IMAGE}

COPY server/node/target/lib/ /opt/samara/lib/
COPY server/node/target/samara-server-node-*.jar /opt/samara/lib/

# `samara-server` runs the server, and inside of a running container asks it (peer link, invite, status …).
RUN printf '%s\n' '#!/bin/sh' \
      'exec java -Xshare:auto -XX:+UseSerialGC -XX:MaxRAMPercentage=60 -XX:+ExitOnOutOfMemoryError ${SAMARA_JAVA_OPTS} \' \
      '  -Dfile.encoding=UTF-8 -cp "/opt/samara/lib/*" chat.samara.server.node.Main --data /data "$@"' \
      > /usr/local/bin/samara-server \
 && chmod 755 /usr/local/bin/samara-server \
 && mkdir -p /data \
 && chown 10001:10001 /data

USER 10001:10001
VOLUME /data
EXPOSE 7443
STOPSIGNAL SIGTERM
ENTRYPOINT ["samara-server"]
