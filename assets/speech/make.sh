#!/bin/sh
# Makes the speech of this folder. Needs espeak-ng and sox: sh make.sh
set -eu
cd "$(dirname "$0")"

# say <file> <voice> <words a minute> <pitch> <text>
say() {
    espeak-ng -v "$2" -s "$3" -p "$4" -a 120 --stdout "$5" |
        sox -D -t wav - -r 16000 -c 1 -b 16 "$1" gain -n -6 pad 0.1 0.2
}

# Customers
say customer-billing.wav en-gb 150 40 \
    "Hello, I have a question about my bill. Last month I paid forty two pounds, and this month it is ninety seven. Can you tell me why?"
say customer-password.wav en-us+f3 155 60 \
    "Hi there. I cannot sign in to my account. I asked for a new password three times, but the message never arrives."
say customer-delivery.wav en-gb-scotland 150 35 \
    "Good morning. My parcel was due on Tuesday. The tracking says delivered, but nothing came to my door, and nobody rang the bell."
say customer-impatient.wav en-us 200 55 \
    "Finally! I have been waiting for twenty minutes. Please do not put me on hold again, I just want to cancel my order."
say customer-echo.wav en-gb+f2 140 50 \
    "This is the echo test. Say something after the tone, and you will hear your own voice come back."
say customer-number.wav en-gb 155 40 \
    "Yes, of course. My customer number is five five five, zero one four two. Please take your time."
say customer-thanks.wav en-gb 155 40 \
    "Ah, now I see. Thank you very much for the explanation, that is all I wanted to know."
say customer-moment.wav en-gb-scotland 150 35 \
    "Sorry, one moment please. There is somebody at my door."
say customer-back.wav en-gb-scotland 150 35 \
    "I am back again. That was the wrong parcel, unfortunately. Mine has a red label."
say customer-keypad.wav en-us+f3 155 60 \
    "I am going to key in my customer number now. Just a second."
say customer-hello.wav en-us+f3 155 60 \
    "Hello? Are you still there? I cannot hear you any more."

# Whom the agent may call
say colleague-hello.wav en-us 165 45 \
    "Second level support, this is Sam speaking. What can I do for you?"

# The agent
say agent-greeting.wav en-us+f2 150 55 \
    "Thank you for calling customer care. My name is Robin. How may I help you today?"
say agent-help.wav en-us+f2 150 55 \
    "I am sorry to hear that. Let me look at your account. May I put you on hold for one minute while I check?"
