# One Samara server. Build the jars first, then the image:
#
#   mvn -pl server/node -am clean package -DskipTests
#   docker build -t samara .
#   docker run -d --name samara -p 7443:7443 -v samara-data:/data samara \
#     --name berlin.example --advertise berlin.example:7443
#   docker logs samara                        # the invite for the first member
#   docker exec samara samara-server invite   # and more of them
#   docker stop samara
#
# The base image needs a Java run-time of 17 or newer and /bin/sh, nothing else.
ARG BASE_IMAGE=eclipse-temurin:17-jre
FROM ${BASE_IMAGE}

COPY server/node/target/lib/ /opt/samara/lib/
COPY server/node/target/samara-server-node-*.jar /opt/samara/lib/

# Starts take much less time with an archive of the classes that one loads (class-data sharing), for which a server plays its start here, as `./samara`
# does it after a build. Without the archive everything works as well, so that it is no reason to have no image.
RUN printf '%s:' /opt/samara/lib/*.jar > /opt/samara/class-path \
 && cd /tmp && { \
      java -XX:+UseSerialGC -XX:DumpLoadedClassList=loaded -cp "$(cat /opt/samara/class-path)" \
        chat.samara.server.node.Main --rehearse --name rehearsal.example --listen 127.0.0.1:0 --data rehearsal >/dev/null \
   && grep -v '^@lambda-proxy .*picocli' loaded > classes \
   && java -Xshare:dump -XX:+UseSerialGC -XX:SharedClassListFile=classes -XX:SharedArchiveFile=/opt/samara/classes.jsa -XX:ErrorFile=crash.log \
        -cp "$(cat /opt/samara/class-path)" >/dev/null 2>&1 \
   || echo 'No archive could be made; starts take longer.'; } \
 && rm -rf rehearsal loaded classes crash.log

# `samara-server` runs the server, and inside of a running container asks it (peer link, invite, status …).
RUN printf '%s\n' '#!/bin/sh' \
      'exec java -Xshare:auto -XX:SharedArchiveFile=/opt/samara/classes.jsa -XX:+UnlockDiagnosticVMOptions -XX:+VerifySharedSpaces \' \
      '  "-Xlog:cds*=off" -XX:+UseSerialGC -XX:MaxRAMPercentage=60 -XX:+ExitOnOutOfMemoryError ${SAMARA_JAVA_OPTS} \' \
      '  -Dfile.encoding=UTF-8 -cp "$(cat /opt/samara/class-path)" chat.samara.server.node.Main --data /data "$@"' \
      > /usr/local/bin/samara-server \
 && chmod 755 /usr/local/bin/samara-server \
 && mkdir -p /data \
 && chown 10001:10001 /data \
 && chmod 700 /data

# How the server words commands for its operator, who types them outside: by the container's name. With another one, `docker run -e SAMARA_CONTAINER=…`.
ENV SAMARA_CONTAINER=samara

USER 10001:10001
VOLUME /data
EXPOSE 7443
STOPSIGNAL SIGTERM
ENTRYPOINT ["samara-server"]
